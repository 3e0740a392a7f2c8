/** The partition layouts that come with the program: inside the single binary, else in the folder of the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getAsset, getAssetKeys, isSea } from "node:sea";

/** Where `make build` puts them among the assets of the single binary. */
const ASSET = /^layouts\/(.+)\.yaml$/;
const FOLDER = "images/layouts";

/** Texts by name. */
export function loadLayouts(): ReadonlyMap<string, string> {
  return isSea() ? fromAssets() : fromFolder();
}

const fromAssets = (): ReadonlyMap<string, string> =>
  new Map(
    getAssetKeys().flatMap((key) => {
      const [, name] = ASSET.exec(key) ?? [];
      return name === undefined ? [] : [[name, getAsset(key, "utf8")] as const];
    }),
  );

const fromFolder = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => [file.slice(0, -".yaml".length), readFileSync(join(FOLDER, file), "utf8")]),
  );
