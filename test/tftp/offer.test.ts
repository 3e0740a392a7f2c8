import { expect, test } from "vitest";
import { offerTftpOptions } from "#src/tftp/offer.ts";

const CASES: readonly {
  when: string;
  asked: Record<string, string>;
  maxBlockBytes?: number;
  blockSizeBytes: number;
  windowBlocks?: number;
  acknowledge: Record<string, string>;
}[] = [
  { when: "nothing is asked", asked: {}, blockSizeBytes: 512, acknowledge: {} },
  {
    when: "iPXE asks",
    asked: { blksize: "1432", tsize: "0" },
    blockSizeBytes: 1432,
    acknowledge: { blksize: "1432", tsize: "5000" },
  },
  {
    when: "EDK2 asks",
    asked: { tsize: "0", blksize: "1468", windowsize: "4" },
    blockSizeBytes: 1468,
    windowBlocks: 4,
    acknowledge: { blksize: "1468", tsize: "5000", windowsize: "4" },
  },
  {
    when: "blocks would not fit into a frame",
    asked: { blksize: "65464" },
    blockSizeBytes: 1468,
    acknowledge: { blksize: "1468" },
  },
  {
    when: "the interface has a small MTU",
    asked: { blksize: "1468" },
    maxBlockBytes: 1368,
    blockSizeBytes: 1368,
    acknowledge: { blksize: "1368" },
  },
  {
    when: "the way takes larger frames, which the client's side may not",
    asked: { blksize: "65464" },
    ...{ maxBlockBytes: 8968, blockSizeBytes: 1468, acknowledge: { blksize: "1468" } },
  },
  {
    when: "the window is larger than any firmware's memory",
    asked: { windowsize: "65535" },
    blockSizeBytes: 512,
    windowBlocks: 64,
    acknowledge: { windowsize: "64" },
  },
  {
    when: "a time limit is asked",
    asked: { timeout: "5" },
    blockSizeBytes: 512,
    acknowledge: { timeout: "5" },
  },
  { when: "the block size is too small", asked: { blksize: "7" }, blockSizeBytes: 512, acknowledge: {} },
  {
    when: "the values are nonsense",
    asked: { blksize: "1e3", windowsize: "-1", timeout: "0" },
    blockSizeBytes: 512,
    acknowledge: {},
  },
  { when: "an option is unknown", asked: { multicast: "" }, blockSizeBytes: 512, acknowledge: {} },
];

test.each(CASES)(
  "what is granted when $when",
  ({ asked, maxBlockBytes, blockSizeBytes, windowBlocks = 1, acknowledge }) => {
    const offer = offerTftpOptions(new Map(Object.entries(asked)), {
      fileBytes: 5000,
      ...(maxBlockBytes ? { maxBlockBytes } : {}),
    });
    expect(offer).toMatchObject({ blockSizeBytes, windowBlocks });
    expect(Object.fromEntries(offer.acknowledge)).toEqual(acknowledge);
  },
);
