"""Run a command; the last line on stdout is what it cost, as JSON."""

import json
import resource
import subprocess
import sys
import time

if __name__ == "__main__" and sys.argv[1:]:
    start = time.monotonic()
    subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "wall": wall, "memory": used.ru_maxrss / 1024}))
