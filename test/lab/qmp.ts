/** One command to a running QEMU over its QMP socket (QEMU Machine Protocol, docs/interop/qmp-spec). */
import { connect } from "node:net";
import { createInterface } from "node:readline";

/**
 * @param socketPath unix socket of QEMU's `-qmp`
 * @param command for example `system_reset`
 * @throws when QEMU does not answer within `limitMs`, or refuses.
 */
export async function sendQmp(socketPath: string, command: string, limitMs = 3000): Promise<void> {
  const socket = connect(socketPath);
  const timer = setTimeout(() => socket.destroy(new Error(`QEMU did not answer ${command}`)), limitMs);
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await answer(lines, "QMP");
    socket.write('{"execute":"qmp_capabilities"}\n');
    await answer(lines, "return");
    socket.write(`${JSON.stringify({ execute: command })}\n`);
    await answer(lines, "return");
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** Reads on, past events, until the message that carries `key`. */
async function answer(lines: AsyncIterator<string>, key: string): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error("QEMU closed its QMP socket");
    const message = JSON.parse(value) as { readonly error?: unknown };
    if (message.error) throw new Error(`QEMU refused: ${JSON.stringify(message.error)}`);
    if (key in message) return;
  }
}
