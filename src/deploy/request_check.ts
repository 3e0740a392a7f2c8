/** Whether a request can be started: everything that can be known before a node is touched. Pure. */
import type { ImageDescription } from "#src/images/description.ts";
import type { Node } from "#src/nodes/node.ts";
import { isKernelArgument, isNodeName } from "#src/nodes/node_rules.ts";
import { naturalOrder } from "#src/value/natural_order.ts";
import { loaderProblem, nodeLoaderProblem } from "./boot_loader_choice.ts";
import type { DeploymentRequest, StartProblem } from "./deployment.ts";
import { operationProblem } from "./operation_check.ts";
import { probeProblem } from "./probes/probe_choice.ts";
import { seedProblem } from "./seed/seed.ts";

/** What must be known of an image. */
export type DeployableImage = {
  readonly digest: string;
  readonly kind: "archive" | "disk";
  readonly rawBytes: number;
  /** What its owner says about it. */
  readonly about?: ImageDescription | undefined;
  /** Path of its kernel; absent when none was found at import. Without it no kernel is started by kexec. */
  readonly kernel?: string | undefined;
};

export type Checked =
  | { readonly ok: true; readonly request: DeploymentRequest; readonly image: DeployableImage }
  | { readonly ok: false; readonly problem: StartProblem };

/** Everything that a request takes hold of. */
export const allNodesOf = ({ nodes, spares = [] }: DeploymentRequest): readonly string[] => [
  ...nodes,
  ...spares,
];

const KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) ([A-Za-z0-9+/]+={0,2})(?: [^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*)?$/u;
const DISK = /^\/dev\/[A-Za-z0-9][A-Za-z0-9._/:-]{0,120}$/;
const MAX_KEY_CHARACTERS = 16_384;
/** The kernel takes 128 KiB in one environment variable. */
const MAX_KEYS_BYTES = 100_000;
/** The kernel takes 2048 bytes of command line; some are ours. */
const MAX_KERNEL_ARGUMENTS_CHARACTERS = 1500;

/** One line of an authorized_keys file without options: type, key and, if any, comment. */
export function isPublicKey(text: string): boolean {
  if (text.length > MAX_KEY_CHARACTERS) return false;
  const [, type = "", base64 = ""] = KEY.exec(text) ?? [];
  if (!type) return false;
  // RFC 4253 section 6.6: the blob begins with the length and the name of its type.
  const blob = Buffer.from(base64, "base64");
  return (
    blob.length > 4 + type.length &&
    blob.readUInt32BE(0) === type.length &&
    blob.toString("latin1", 4, 4 + type.length) === type
  );
}

/**
 * @returns the request in canonical form (nodes once each in natural order,
 * keys trimmed), or the first problem. Says nothing about who holds the nodes.
 */
export function checkRequest(
  asked: DeploymentRequest,
  image: DeployableImage | undefined,
  nodeByName: (name: string) => Node | undefined,
): Checked {
  const nodes = [...new Set(asked.nodes)].sort(naturalOrder);
  const authorizedKeys = asked.authorizedKeys.map((key) => key.trim());
  const spares = asked.spares && [...new Set(asked.spares)].sort(naturalOrder);
  const request = {
    ...asked,
    ...imageLayout(asked, image),
    ...imageDisk(image),
    nodes,
    spares,
    authorizedKeys,
  };
  const all = allNodesOf(request);
  const problem =
    imageProblem(request, image) ??
    nodesProblem(nodes, all, nodeByName) ??
    successProblem(request) ??
    operationsProblem(request) ??
    firstOf(all, (name) => nodeProblem(nodeByName(name), asked, image)) ??
    keysProblem(authorizedKeys) ??
    diskProblem(asked.disk);
  if (problem) return { ok: false, problem };
  if (!image) throw new Error("An image without a problem is there");
  return { ok: true, request, image };
}

/** What the image's description says, when the request does not: fixed now, for descriptions change. */
function imageLayout(
  { layout, partitionTable, partition }: DeploymentRequest,
  image: DeployableImage | undefined,
): Pick<DeploymentRequest, "layout"> {
  const saysNone = layout === undefined && partitionTable === "gpt" && partition === undefined;
  const named = image?.kind === "archive" ? image.about?.layout : undefined;
  return saysNone && named !== undefined ? { layout: named } : {};
}

const imageDisk = (image: DeployableImage | undefined): Pick<DeploymentRequest, "minimumDiskBytes"> => ({
  minimumDiskBytes: image?.about?.minimumDiskBytes,
});

const firstOf = <T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined => {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

function imageProblem(
  request: DeploymentRequest,
  image: DeployableImage | undefined,
): StartProblem | undefined {
  const name = request.image;
  if (!image) return { kind: "unknownImage", image: name };
  const unsuitable = (why: string): StartProblem => ({ kind: "unsuitableImage", image: name, why });
  if (image.kind === "archive" && image.kernel === undefined)
    return unsuitable("it has no kernel (no /boot/vmlinuz-*)");
  if (image.kind === "archive" && request.customize)
    return unsuitable("it is a root archive, which always gets its own name and keys; leave --customize out");
  if (image.kind === "archive" && request.grow !== undefined)
    return unsuitable(
      "it is a root archive, whose partitions are made as large as the disk; leave --grow and --no-grow out",
    );
  if (image.kind === "disk" && (request.layout !== undefined || request.partition !== undefined))
    return unsuitable(
      "it is a disk image, which brings its own partitions; leave --layout and --partition out",
    );
  if (!getsKeys(request, image) && request.authorizedKeys.length > 0)
    return unsuitable("it is a disk image, into which no keys are put; leave --key out, or give --customize");
  const badParts = loaderOrScriptsProblem(request, image);
  if (badParts !== undefined) return unsuitable(badParts);
  const badSeed = seedRefusal(request, image);
  if (badSeed !== undefined) return { kind: "badSeed", why: badSeed };
  const why = probeProblem(request, image);
  return why === undefined ? undefined : { kind: "unsuitableProbe", why };
}

const loaderOrScriptsProblem = (request: DeploymentRequest, image: DeployableImage): string | undefined =>
  loaderProblem(request, image) ?? scriptsProblem(request, image);

const scriptsProblem = (
  { customize }: DeploymentRequest,
  { kind, about }: DeployableImage,
): string | undefined =>
  kind === "disk" && !customize && (about?.postInstall ?? []).length > 0
    ? "its description has post-install scripts, which run in a disk image with --customize only"
    : undefined;

/** @returns a clause that says why the image cannot take the request's seed */
function seedRefusal({ seed }: DeploymentRequest, { kind, about }: DeployableImage): string | undefined {
  if (!seed) return undefined;
  if (kind === "archive" && seed.kind === "ignition")
    return "Ignition finds no config in a root archive; deploy the disk image of its system";
  if (about?.seed !== undefined && about.seed !== seed.kind)
    return `the image's description says that it reads ${about.seed === "none" ? "no user data" : `those of ${about.seed}`}`;
  return seedProblem(seed);
}

/** Whether the keys of a request are put into the system. */
export const getsKeys = (
  { customize }: Pick<DeploymentRequest, "customize">,
  { kind }: Pick<DeployableImage, "kind">,
): boolean => kind === "archive" || customize === true;

function nodesProblem(
  nodes: readonly string[],
  names: readonly string[],
  nodeByName: (name: string) => Node | undefined,
): StartProblem | undefined {
  if (nodes.length === 0) return { kind: "noNodes" };
  const main = new Set(nodes);
  const twice = names.slice(nodes.length).filter((name) => main.has(name));
  if (twice.length > 0) return { kind: "spareTwice", nodes: twice };
  const unknown = names.filter((name) => !nodeByName(name));
  if (unknown.length > 0) return { kind: "unknownNodes", nodes: unknown };
  const powerless = names.filter((name) => !nodeByName(name)?.power);
  return powerless.length > 0 ? { kind: "noPower", nodes: powerless } : undefined;
}

function operationsProblem({ operations = [] }: DeploymentRequest): StartProblem | undefined {
  const problem = operationProblem(operations);
  return problem && { kind: "badOperation", ...problem };
}

function successProblem({ success, nodes }: DeploymentRequest): StartProblem | undefined {
  if (success?.kind !== "count" || success.nodes <= nodes.length) return undefined;
  return { kind: "badSuccess", wanted: success.nodes, nodes: nodes.length };
}

/** These values go into files and command lines of the new system. */
function nodeProblem(
  node: Node | undefined,
  request: DeploymentRequest,
  image: DeployableImage | undefined,
): StartProblem | undefined {
  if (!node) return undefined;
  const unsuitable = (why: string): StartProblem => ({ kind: "unsuitableNode", node: node.name, why });
  if (!isNodeName(node.name)) return unsuitable("its name is not a host name");
  const bad = node.kernelArguments.find((argument) => !isKernelArgument(argument));
  if (bad !== undefined) return unsuitable(`${JSON.stringify(bad.slice(0, 60))} is not a kernel argument`);
  if (node.kernelArguments.join(" ").length > MAX_KERNEL_ARGUMENTS_CHARACTERS) {
    return unsuitable(`its kernel arguments have more than ${MAX_KERNEL_ARGUMENTS_CHARACTERS} characters`);
  }
  if (image?.kind === "archive" && request.partitionTable === "mbr" && node.firmware === "uefi") {
    return unsuitable("it boots by UEFI, which needs a GPT");
  }
  const badLoader = nodeLoaderProblem(request, image, node);
  return badLoader === undefined ? undefined : unsuitable(badLoader);
}

function keysProblem(keys: readonly string[]): StartProblem | undefined {
  const bad = keys.find((key) => !isPublicKey(key));
  if (bad !== undefined) return { kind: "badKey", key: bad };
  return Buffer.byteLength(keys.join("\n")) > MAX_KEYS_BYTES
    ? { kind: "badKey", key: `${keys.length} keys with more than ${MAX_KEYS_BYTES} bytes in all` }
    : undefined;
}

function diskProblem(disk: string | undefined): StartProblem | undefined {
  if (disk === undefined) return undefined;
  return DISK.test(disk) && !disk.includes("..") ? undefined : { kind: "badDisk", disk };
}
