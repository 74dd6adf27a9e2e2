"""serve.py FOLDER VERSION PORT: a model over HTTP. GET / says which version serves, POST / scores rows of features.

serve.py --ask PORT: prints what GET / says; nothing where nobody answers.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

LARGEST = 1 << 20


def ask(port: str) -> None:
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            print(json.load(answer)["version"])
    except OSError:
        print("")


def serve(folder: str, version: str, port: str) -> None:
    import pandas
    from gitmlops.adapters.scoring import models

    [file] = Path(folder).glob("*.skops")
    model = models.load(file.read_bytes(), name=file.name)

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(200, {"version": version})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if length > LARGEST:
                return self.answer(413, {"error": "too many rows"})
            try:
                rows = pandas.DataFrame(json.loads(self.rfile.read(length)))
                scores = model.predict_proba(rows)[:, 1].tolist()
            except (KeyError, TypeError, ValueError) as error:
                return self.answer(400, {"error": str(error)})
            return self.answer(200, {"version": version, "scores": scores})

        def answer(self, status: int, said: object) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    ThreadingHTTPServer(("127.0.0.1", int(port)), Service).serve_forever()


if __name__ == "__main__":
    ask(sys.argv[2]) if sys.argv[1] == "--ask" else serve(*sys.argv[1:])
