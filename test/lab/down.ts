/** `make lab-down`: ends the lab of `make lab-up`, if there is one. */
import { resolve } from "node:path";
import { DEFAULT_DIRECTORY } from "./lab.ts";
import { stopLab } from "./running_lab.ts";

await stopLab(resolve(DEFAULT_DIRECTORY));
