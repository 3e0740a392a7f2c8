/**
 * Lays the layers of a container image over each other: OCI image-spec 1.1, layer.md ("Whiteouts", "Applying Changesets").
 *
 * Pure: members in, one tree out. Memory is bounded by {@link LAYER_LIMITS}.
 */
import type { TarMember } from "./tar_members.ts";

/** What a name leads to. Several names of one file share it. */
export type Inode = {
  readonly member: TarMember;
  /** Which layer its data is in, from 0. */
  readonly layer: number;
};

export type TreeNode = {
  /** Nothing: a folder that no layer describes. */
  inode: Inode | undefined;
  /** Of folders. */
  children: Map<string, TreeNode> | undefined;
  /** The layer that last wrote it. */
  layer: number;
  /** The layer in which everything older below it was hidden. */
  opaqueIn: number;
  /** The layer in which it was hidden, as far as it is older. */
  hiddenIn: number;
};

export type LayerLimits = {
  /** Files, folders and whatever else is in the tree at once. */
  readonly entries: number;
  /** Headers of all layers together. */
  readonly members: number;
  /** Names, link targets and attributes together. */
  readonly textBytes: number;
  readonly pathBytes: number;
  readonly depth: number;
};

export const LAYER_LIMITS: LayerLimits = {
  entries: 1_000_000,
  members: 5_000_000,
  textBytes: 256 * 1024 * 1024,
  pathBytes: 4096,
  depth: 512,
};

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** aufs kept its own files under such names. */
const AUFS = ".wh..wh.";
const KNOWN_TYPES = new Set(["0", "1", "2", "3", "4", "5", "6", "7"]);

export class LayerTree {
  readonly root: TreeNode = newFolder(-1);
  readonly #limits: LayerLimits;
  #layer = 0;
  #entries = 0;
  #members = 0;
  #textBytes = 0;
  #hasMarks = false;

  constructor(limits: LayerLimits = LAYER_LIMITS) {
    this.#limits = limits;
  }

  /** @returns what is wrong with the member, if anything */
  add(member: TarMember): string | undefined {
    const path = partsOf(member.path);
    if (!path) return `the path "${shown(member.path)}", which leads outside`;
    const tooMuch = this.#count(member, path);
    if (tooMuch) return tooMuch;
    const name = path.at(-1) ?? "";
    if (name !== OPAQUE && path.some((part) => part.startsWith(AUFS))) return undefined;
    if (path.slice(0, -1).some((part) => part.startsWith(WHITEOUT)))
      return `the path "${shown(member.path)}", which is below what it hides`;
    if (name.startsWith(WHITEOUT)) return this.#whiteout(path.slice(0, -1), name, member);
    if (!KNOWN_TYPES.has(member.type)) return `a member of type "${member.type}"`;
    return path.length === 0 ? this.#describeRoot(member) : this.#place(path, name, member);
  }

  /** Everything of the next layer lies over what is there. */
  endLayer(): void {
    if (this.#hasMarks) this.#prune(this.root, this.root.opaqueIn === this.#layer);
    this.#hasMarks = false;
    this.#layer++;
  }

  #count(member: TarMember, path: readonly string[]): string | undefined {
    if (member.path.length > this.#limits.pathBytes || path.length > this.#limits.depth)
      return `a path of ${member.path.length} bytes and ${path.length} folders`;
    if (++this.#members > this.#limits.members) return `more than ${this.#limits.members} members`;
    if (this.#entries > this.#limits.entries) return `more than ${this.#limits.entries} files and folders`;
    this.#textBytes += member.path.length + member.linkPath.length;
    for (const [key, value] of member.attributes) this.#textBytes += key.length + value.length;
    if (this.#textBytes > this.#limits.textBytes)
      return `more than ${this.#limits.textBytes} bytes of names and attributes`;
    return undefined;
  }

  #describeRoot(member: TarMember): string | undefined {
    if (member.type !== "5") return "a root that is no folder";
    this.root.inode = { member, layer: this.#layer };
    return undefined;
  }

  #place(path: readonly string[], name: string, member: TarMember): string | undefined {
    const folder = this.#folderOf(path);
    if (typeof folder === "string") return folder;
    const inode = member.type === "1" ? this.#linked(member) : { member, layer: this.#layer };
    if (typeof inode === "string") return inode;
    const isFolder = member.type === "5" || (member.type === "0" && member.path.endsWith("/"));
    const there = folder.children?.get(name);
    const children = isFolder ? (there?.children ?? new Map<string, TreeNode>()) : undefined;
    const node = there ?? this.#newChild(folder, name);
    node.inode = isFolder ? { member: { ...member, type: "5" }, layer: this.#layer } : inode;
    node.children = children;
    node.layer = this.#layer;
    return undefined;
  }

  #linked(member: TarMember): Inode | string {
    const parts = partsOf(member.linkPath);
    let node: TreeNode | undefined = parts && parts.length > 0 ? this.root : undefined;
    for (const part of parts ?? []) node = node?.children?.get(part);
    if (node?.inode && !node.children) return node.inode;
    return `the hard link "${shown(member.path)}" to "${shown(member.linkPath)}", which is not there`;
  }

  /** The folder in which the last part of `path` lies, made where it is missing. */
  #folderOf(path: readonly string[]): TreeNode | string {
    let node = this.root;
    let isHidden = node.opaqueIn === this.#layer;
    for (const [index, part] of path.slice(0, -1).entries()) {
      const next = node.children?.get(part) ?? this.#newChild(node, part);
      isHidden ||= next.hiddenIn === this.#layer;
      if (!next.children && isHidden && next.layer < this.#layer) Object.assign(next, newFolder(this.#layer));
      if (!next.children) return throughWhat(path, index, next);
      isHidden ||= next.opaqueIn === this.#layer;
      node = next;
    }
    return node;
  }

  #newChild(folder: TreeNode, name: string): TreeNode {
    const node = newFolder(this.#layer);
    folder.children?.set(name, node);
    this.#entries++;
    return node;
  }

  #whiteout(folder: readonly string[], name: string, member: TarMember): string | undefined {
    const isOpaque = name === OPAQUE;
    const hidden = name.slice(WHITEOUT.length);
    if (hidden === "" || hidden === "." || hidden === "..")
      return `the path "${shown(member.path)}", which hides nothing`;
    let node: TreeNode | undefined = this.root;
    for (const part of isOpaque ? folder : [...folder, hidden]) node = node?.children?.get(part);
    // What is not there needs no hiding.
    if (!node) return undefined;
    if (isOpaque) node.opaqueIn = this.#layer;
    else node.hiddenIn = this.#layer;
    this.#hasMarks = true;
    return undefined;
  }

  /** Takes away what is older than this layer and hidden. The order of members in a layer does not matter so. */
  #prune(folder: TreeNode, isHidden: boolean): void {
    for (const [name, child] of folder.children ?? []) {
      const childIsHidden = isHidden || child.hiddenIn === this.#layer;
      if (child.children) this.#prune(child, childIsHidden || child.opaqueIn === this.#layer);
      if (!childIsHidden || child.layer === this.#layer) continue;
      if (child.children && child.children.size > 0) child.inode = undefined;
      else {
        folder.children?.delete(name);
        this.#entries--;
      }
    }
  }
}

function throughWhat(path: readonly string[], index: number, { inode }: TreeNode): string {
  const what = inode?.member.type === "2" ? "a symbolic link" : "a file";
  const place = shown(path.slice(0, index + 1).join("/"));
  return `the path "${shown(path.join("/"))}", which leads through ${what} ("${place}")`;
}

const newFolder = (layer: number): TreeNode => ({
  inode: undefined,
  children: new Map(),
  layer,
  opaqueIn: -1,
  hiddenIn: -1,
});

/** `undefined`: it leads out. A leading slash is the root of the image. */
function partsOf(path: string): readonly string[] | undefined {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") || path.includes("\0") ? undefined : parts;
}

const MAX_SHOWN = 200;
const shown = (path: string): string => Buffer.from(path, "latin1").toString("utf8").slice(0, MAX_SHOWN);

export type TreeEntry = { readonly path: string; readonly node: TreeNode };

/** Every name in one order that depends on the names alone: folders before what is in them, names by their bytes. */
export function* entriesOf(root: TreeNode): Generator<TreeEntry> {
  if (root.inode) yield { path: "./", node: root };
  yield* below(root, "");
}

function* below(folder: TreeNode, prefix: string): Generator<TreeEntry> {
  const names = [...(folder.children?.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    const node = folder.children?.get(name);
    if (!node) continue;
    const path = `${prefix}${name}`;
    yield { path: node.children ? `${path}/` : path, node };
    if (node.children) yield* below(node, `${path}/`);
  }
}
