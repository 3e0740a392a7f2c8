/** SNMP among the captures that are not part of the project. */
import { capturedDatagrams } from "#test/net/recordings.ts";

export type RecordedSnmp = { readonly file: string; readonly index: number; readonly payload: Uint8Array };

const isSnmp = (port: number): boolean => port === 161 || port === 162;

/** What went to or came from an agent; malformed packets among it. */
export const snmpRecordings = (): readonly RecordedSnmp[] =>
  capturedDatagrams()
    .filter(({ file, fromPort, toPort }) => /snmp/i.test(file) || isSnmp(fromPort) || isSnmp(toPort))
    .map(({ file, payload }, index) => ({ file, index, payload }));
