import { expect, test } from "vitest";
import { inodesOfPort } from "#src/net/port_holder.ts";

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  312: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 20117 2 0000000000000000 0
  540: 0100007F:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 17034 2 0000000000000000 0
  541: 0100007F:4300 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 17035 2 0000000000000000 0
`;

test.each([
  { port: 67, inodes: ["20117"] },
  { port: 69, inodes: ["17034"] },
  { port: 0x4300, inodes: ["17035"] },
  { port: 70, inodes: [] },
])("sockets on port $port", ({ port, inodes }) => {
  expect(inodesOfPort(TABLE, port)).toEqual(inodes);
});
