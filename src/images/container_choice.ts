/**
 * Finds the one image that is meant among all that an archive holds: through nested indexes, by architecture.
 */
import type { ContainerArchive, StoredFile } from "./container_archive.ts";
import {
  type Descriptor,
  type ImageConfig,
  isIndex,
  readConfig,
  readIndex,
  readManifest,
  readSavedImages,
  type SavedImage,
} from "./container_documents.ts";
import { ImportRefused } from "./import_problem.ts";

export type ChosenLayer = {
  readonly file: StoredFile;
  /** Of the bytes as they lie in the archive. */
  readonly digest?: string | undefined;
  /** Of the tar behind the packing. */
  readonly diffId: string;
};

const MAX_NESTING = 4;
const MAX_IMAGES = 1024;
/** Kubernetes and Docker store signatures and build records as images for no machine. */
const NO_MACHINE = "unknown";

/**
 * The layers of the image for `architecture` (as Go names it: `amd64`, `arm64`), lowest first.
 *
 * @returns `undefined` when the archive is no container image after all
 */
export async function chooseLayers(
  archive: ContainerArchive,
  architecture: string,
): Promise<readonly ChosenLayer[] | undefined> {
  const index = archive.find("index.json");
  if (index && archive.find("oci-layout")) return await layersOfLayout(archive, index, architecture);
  const saved = archive.find("manifest.json");
  return saved && (await layersOfSaved(archive, saved, architecture));
}

type Candidate = {
  readonly digest: string;
  readonly name: string;
  readonly config: ImageConfig;
  readonly layers: () => readonly ChosenLayer[];
};

async function layersOfLayout(
  archive: ContainerArchive,
  index: StoredFile,
  architecture: string,
): Promise<readonly ChosenLayer[]> {
  const descriptors = readIndex(await archive.text(index, "an index.json"));
  if (!descriptors) throw archive.refused(index.offsetBytes, "an index.json that is none");
  const others = new Set<string>();
  const candidates = new Map<string, Candidate>();
  for await (const descriptor of imagesOf(archive, descriptors)) {
    if (candidates.has(descriptor.digest)) continue;
    if (descriptor.architecture !== undefined && !fits(descriptor, architecture)) {
      others.add(descriptor.architecture);
      continue;
    }
    const candidate = await candidateOf(archive, descriptor);
    candidates.set(descriptor.digest, candidate);
  }
  return onlyOne([...candidates.values()], architecture, others);
}

/** Image manifests, through the indexes that lead to them. */
async function* imagesOf(
  archive: ContainerArchive,
  descriptors: readonly Descriptor[],
  nesting = 1,
  seen: { images: number } = { images: 0 },
): AsyncGenerator<Descriptor> {
  if (nesting > MAX_NESTING) throw archive.refused(0, `an index nested more than ${MAX_NESTING} deep`);
  for (const descriptor of descriptors) {
    if (++seen.images > MAX_IMAGES) throw archive.refused(0, `more than ${MAX_IMAGES} images`);
    if (descriptor.architecture === NO_MACHINE) continue;
    if (!isIndex(descriptor)) {
      yield descriptor;
      continue;
    }
    const inner = readIndex(await archive.document(descriptor, "an image index"));
    if (!inner) throw archive.refused(0, `an image index that is none (${descriptor.digest})`);
    const named = inner.map((entry) => ({ ...entry, name: entry.name ?? descriptor.name }));
    yield* imagesOf(archive, named, nesting + 1, seen);
  }
}

const fits = ({ architecture, os }: Pick<Descriptor, "architecture" | "os">, wanted: string): boolean =>
  architecture === wanted && (os === undefined || os === "linux");

async function candidateOf(archive: ContainerArchive, descriptor: Descriptor): Promise<Candidate> {
  const manifest = readManifest(await archive.document(descriptor, "an image manifest"));
  if (!manifest) throw archive.refused(0, `an image manifest that is none (${descriptor.digest})`);
  const config = readConfig(await archive.document(manifest.config, "an image configuration"));
  if (!config) throw archive.refused(0, `an image configuration that is none (${manifest.config.digest})`);
  const { diffIds } = config;
  const layers = (): readonly ChosenLayer[] =>
    manifest.layers.map((layer, at) => {
      if (layer.mediaType.endsWith("+encrypted"))
        throw archive.refused(0, `layer ${at + 1}, which is encrypted`);
      const diffId = diffIdOf(archive, { diffIds, layers: manifest.layers.length, at });
      return { file: archive.blob(layer, `layer ${at + 1}`), digest: layer.digest, diffId };
    });
  return { digest: descriptor.digest, name: descriptor.name ?? descriptor.digest, config, layers };
}

async function layersOfSaved(
  archive: ContainerArchive,
  file: StoredFile,
  architecture: string,
): Promise<readonly ChosenLayer[]> {
  const images = readSavedImages(await archive.text(file, "a manifest.json"));
  if (!images) throw archive.refused(file.offsetBytes, "a manifest.json that is none");
  const candidates = new Map<string, Candidate>();
  for (const image of images) candidates.set(image.config, await savedCandidate(archive, image));
  return onlyOne([...candidates.values()], architecture, new Set());
}

/** Docker names a configuration by its digest. */
const CONFIG_NAME = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/;

async function savedCandidate(archive: ContainerArchive, image: SavedImage): Promise<Candidate> {
  const file = archive.find(image.config);
  if (!file) throw archive.refused(0, `no image configuration ("${image.config}")`);
  const hex = CONFIG_NAME.exec(image.config)?.[1];
  const digest = hex === undefined ? undefined : `sha256:${hex}`;
  const config = readConfig(await archive.text(file, "an image configuration", digest));
  if (!config) throw archive.refused(file.offsetBytes, "an image configuration that is none");
  const { diffIds } = config;
  const layers = (): readonly ChosenLayer[] =>
    image.layers.map((path, at) => {
      const layer = archive.find(path);
      if (!layer) throw archive.refused(0, `no layer ${at + 1} ("${path}")`);
      return { file: layer, diffId: diffIdOf(archive, { diffIds, layers: image.layers.length, at }) };
    });
  return { digest: image.config, name: image.tags[0] ?? image.config, config, layers };
}

function diffIdOf(
  archive: ContainerArchive,
  of: { readonly diffIds: readonly string[]; readonly layers: number; readonly at: number },
): string {
  const diffId = of.diffIds[of.at];
  if (diffId !== undefined && of.diffIds.length === of.layers) return diffId;
  throw archive.refused(0, `${of.layers} layers where the image configuration knows ${of.diffIds.length}`);
}

function onlyOne(
  candidates: readonly Candidate[],
  architecture: string,
  others: ReadonlySet<string>,
): readonly ChosenLayer[] {
  const fitting = candidates.filter(({ config }) => fits(config, architecture));
  const found = [...others, ...candidates.map(({ config }) => config.architecture)];
  const [first] = fitting;
  if (!first)
    throw new ImportRefused({ kind: "noArchitecture", wanted: architecture, found: distinct(found) });
  if (fitting.length > 1)
    throw new ImportRefused({ kind: "severalImages", names: distinct(fitting.map(({ name }) => name)) });
  return first.layers();
}

const MAX_NAMED = 8;
const distinct = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].sort().slice(0, MAX_NAMED);
