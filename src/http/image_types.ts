/** What the API says and takes about images. */
import { type Static, Type } from "typebox";
import type { ImageDescription } from "#src/images/description.ts";
import { MAX_REFERENCE_CHARACTERS } from "#src/images/image_reference.ts";
import type { Inspection } from "#src/images/inspection.ts";
import { pageQuery } from "./paging.ts";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Flag = Type.Optional(Type.Boolean());
const Visibility = Type.Union([Type.Literal("private"), Type.Literal("shared"), Type.Literal("public")]);
const Kind = Type.Union([Type.Literal("archive"), Type.Literal("disk")]);
const MAX_OWNER_CHARACTERS = 63;
/** What a description's reader takes at most. */
const MAX_DESCRIPTION_CHARACTERS = 128 * 1024;

/** `owner/name:version`, of which owner and version may be left out. */
export const ImageParams = Type.Object({ name: Type.String({ maxLength: MAX_REFERENCE_CHARACTERS }) });

export const ImageView = Type.Object(
  {
    /** Names this image and no other, for ever. */
    label: Type.String(),
    owner: Type.String(),
    name: Type.String(),
    version: Count,
    visibility: Visibility,
    /** Absent: nobody said and nothing was found. */
    architecture: Type.Optional(Type.Union([Type.Literal("amd64"), Type.Literal("arm64")])),
    digest: Type.String(),
    kind: Kind,
    rawDigest: Type.String(),
    rawBytes: Count,
    storedBytes: Count,
    /** Of `storedBytes`, what no other image has: removing it frees so much. Absent when its manifest is damaged. */
    ownBytes: Type.Optional(Count),
    chunkCount: Count,
    createdAtMs: Count,
    osName: Type.Optional(Type.String()),
    osVersion: Type.Optional(Type.String()),
    kernel: Type.Optional(Type.String()),
    initramfs: Type.Optional(Type.String()),
    /** Of a disk, for example `GPT, 3 partitions`. */
    layout: Type.Optional(Type.String()),
    entryCount: Count,
    installedBytes: Count,
    /** What its owner says of it. */
    about: Type.Unsafe<ImageDescription>(Type.Object({})),
    /** What the import saw. Absent: imported before anybody looked. */
    found: Type.Optional(Type.Unsafe<Inspection>(Type.Object({}))),
    /** It came with a deployment and goes with it. */
    isTemporary: Flag,
    /** Running deployments that install it. */
    usedBy: Type.Array(Type.String()),
  },
  strict,
);
export type ImageView = Static<typeof ImageView>;

export const ImageQuery = Type.Object(
  {
    /** Not only the newest of each. */
    allVersions: Flag,
    owner: Type.Optional(Type.String({ maxLength: MAX_OWNER_CHARACTERS })),
    ...pageQuery,
    /** A label. */
    after: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REFERENCE_CHARACTERS })),
  },
  strict,
);

export const ImageRemoval = Type.Object({ allVersions: Flag }, strict);

/** How an upload is to be taken. */
export const ImportOptions = Type.Object(
  {
    replace: Flag,
    allowUnbootable: Flag,
    kind: Type.Optional(Kind),
    architecture: Type.Optional(Type.String({ pattern: "^[a-z0-9_]{1,32}$" })),
    visibility: Type.Optional(Visibility),
    /** Of the file as it is sent. */
    sha256: Type.Optional(Type.String({ pattern: "^[0-9a-fA-F]{64}$" })),
    /** What `POST /image-descriptions` answered. */
    description: Type.Optional(Type.String({ pattern: "^[0-9a-f]{32}$" })),
  },
  strict,
);
export type ImportOptions = Static<typeof ImportOptions>;

export const DescriptionText = Type.Object(
  { yaml: Type.String({ maxLength: MAX_DESCRIPTION_CHARACTERS }) },
  strict,
);
export type DescriptionText = Static<typeof DescriptionText>;

/** A description that was read and waits for its image. */
export const DescriptionView = Type.Object(
  {
    id: Type.String(),
    /** What it calls the image. */
    name: Type.Optional(Type.String()),
    version: Type.Optional(Count),
  },
  strict,
);
export type DescriptionView = Static<typeof DescriptionView>;

const Anything = Type.Optional(Type.Unknown());
/** Fields of a description as they are written in YAML; null takes one away. The reader of descriptions checks them. */
export const ImageChange = Type.Object(
  {
    visibility: Anything,
    architecture: Anything,
    description: Anything,
    author: Anything,
    destructive: Anything,
    kernel: Anything,
    initramfs: Anything,
    kernelArguments: Anything,
    bootLoader: Anything,
    layout: Anything,
    probe: Anything,
    postInstall: Anything,
    seed: Anything,
    minimumDisk: Anything,
    minimumMemory: Anything,
  },
  strict,
);
export type ImageChange = Static<typeof ImageChange>;

export const ImportView = Type.Object(
  {
    /** With its owner where that is not the administrator. */
    name: Type.String(),
    startedAtMs: Count,
    /** Of the upload, as it is (packed). */
    sourceBytes: Count,
    rawBytes: Count,
    storedBytes: Count,
  },
  strict,
);
export type ImportView = Static<typeof ImportView>;
