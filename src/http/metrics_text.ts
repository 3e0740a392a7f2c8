/**
 * Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats). Pure.
 */

export type Labels = Readonly<Record<string, string>>;

export type Sample = {
  readonly labels?: Labels | undefined;
  readonly value: number;
  /** Of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
};

export type Family = {
  readonly name: string;
  /** One sentence without a full stop. */
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
};

export const METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws RangeError a name is none, or a counter is not called `_total`: mistakes of ours */
export function metricsText(families: readonly Family[]): string {
  return families.map(familyText).join("");
}

function familyText({ name, help, type, samples }: Family): string {
  if (!METRIC_NAME.test(name)) throw new RangeError(`"${name}" is no name of a metric`);
  if (type === "counter" && !name.endsWith("_total")) throw new RangeError(`Counter ${name} is no _total`);
  const head = `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
  const lines = samples.map(({ suffix = "", labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${labelName(label)}="${quoted(text)}"`);
    const set = pairs.length > 0 ? `{${pairs.join(",")}}` : "";
    return `${name}${suffix}${set} ${numberText(value)}\n`;
  });
  return head + lines.join("");
}

function labelName(label: string): string {
  if (!LABEL_NAME.test(label)) throw new RangeError(`"${label}" is no name of a label`);
  return label;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const quoted = (text: string): string => escaped(text).replaceAll('"', '\\"');

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}
