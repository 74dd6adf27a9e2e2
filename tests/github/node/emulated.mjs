// Starts npm's `emulate` with the seed given as an argument, prints its address, and forgets all state at each line read.
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

const emulator = await createEmulator({ service: "github", port: 0, seed: JSON.parse(process.argv[2]) });
console.log(emulator.url);
createInterface({ input: process.stdin })
  .on("line", () => {
    emulator.reset();
    console.log("reset");
  })
  .on("close", () => emulator.close());
