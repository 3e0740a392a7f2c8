/**
 * Builds the single binary: node appliance/binary/build.ts OUTPUT [ENTRY]
 *
 *   bundle (esbuild) ─► + assets ─► Node, stripped (--build-sea) ─► own atomics ─► OUTPUT
 *
 * Assets: `boot/…` as in out/boot, `layouts/NAME.yaml`, and the threads: each `src/FOLDER/NAME_worker.ts` is the script `FOLDER/NAME_worker.js`.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { bringOwnAtomics, machineCode } from "./own_atomics.ts";

const [output = "out/brigade", entry = "src/app/main.ts"] = process.argv.slice(2);
const BOOT_FILES = "out/boot";
const LAYOUTS = "images/layouts";
const SOURCES = "src";
const PIECE_BYTES = 64 * 1024;
const work = resolve(`${output}.build`);

/** Bundled CommonJS packages (ssh2 among them) expect these three; an ES module has none of them. */
const BANNER = `import { createRequire as __createRequire } from "node:module";
import { dirname as __dirnameOf } from "node:path";
const require = __createRequire(process.execPath), __filename = process.execPath, __dirname = __dirnameOf(__filename);`;

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
mkdirSync(dirname(output), { recursive: true });
await bundle();
makeExecutable();
const program = join(work, "brigade");
const bytes = readFileSync(program);
bringOwnAtomics(bytes, machineCode(work));
rmSync(program);
writeInPieces(program, bytes);
// A running brigade keeps the old file; nobody ever sees half a new one.
renameSync(program, output);
rmSync(work, { recursive: true });
process.stdout.write(`${output}: ${(bytes.length / 1e6).toFixed(1)} MB\n`);

/**
 * Linux keeps what one large write wrote as large pages, and maps such a page whole when a program touches any of it: the
 * idle appliance showed 171 MB of memory where it shows 131 MB when its file was written in small pieces.
 */
function writeInPieces(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "wx", 0o755);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    writeSync(file, bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
  closeSync(file);
}

async function bundle(): Promise<void> {
  const common = { bundle: true, platform: "node", target: "node26", logLevel: "warning" } as const;
  await build({
    ...common,
    entryPoints: [entry],
    outfile: join(work, "main.mjs"),
    format: "esm",
    banner: { js: BANNER },
    // Optional native speed-ups of ssh2; without them it uses node:crypto.
    external: ["*.node", "cpu-features"],
    // Half the text is 6 MB less of memory. Names stay, for stack traces; short lines, because Node prints the one that threw.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
  });
  await build({
    ...common,
    entryPoints: workers(),
    outbase: SOURCES,
    outdir: join(work, "threads"),
    format: "cjs",
    // A thread that starts others finds them among the assets; where it would look for files does not matter.
    logOverride: { "empty-import-meta": "silent" },
  });
}

function makeExecutable(): void {
  const node = join(work, "node");
  copyFileSync(process.execPath, node);
  execFileSync("strip", [node]);
  const config = {
    main: join(work, "main.mjs"),
    mainFormat: "module",
    output: join(work, "brigade"),
    executable: node,
    disableExperimentalSEAWarning: true,
    // No NODE_OPTIONS from the environment; warnings of Node's experimental parts say nothing to users. The young generation
    // grows to three times 16 MB in any start, and what is idle never gives it back.
    execArgv: ["--disable-warning=ExperimentalWarning", "--disable-proto=delete", "--max-semi-space-size=4"],
    execArgvExtension: "none",
    assets: { ...threadAssets(), ...bootAssets(), ...layoutAssets() },
  };
  const configFile = join(work, "sea.json");
  writeFileSync(configFile, JSON.stringify(config));
  execFileSync(process.execPath, ["--build-sea", configFile], { stdio: ["ignore", "ignore", "inherit"] });
}

function workers(): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("_worker.ts"))
    .map((path) => join(SOURCES, path))
    .sort();
}

function threadAssets(): Record<string, string> {
  const assets = workers().map((entry) => relative(SOURCES, entry).replace(/ts$/, "js"));
  return Object.fromEntries(assets.map((asset) => [asset, join(work, "threads", asset)]));
}

function layoutAssets(): Record<string, string> {
  const files = readdirSync(LAYOUTS).filter((name) => name.endsWith(".yaml"));
  return Object.fromEntries(files.sort().map((name) => [`layouts/${name}`, resolve(LAYOUTS, name)]));
}

function bootAssets(): Record<string, string> {
  const files = readdirSync(BOOT_FILES, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort();
  return Object.fromEntries(files.map((path) => [`boot${path.slice(BOOT_FILES.length)}`, resolve(path)]));
}
