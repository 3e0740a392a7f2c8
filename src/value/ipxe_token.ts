/**
 * Whether iPXE will treat `value` as one inert word.
 *
 * iPXE has no quoting, so a value is safe only if it cannot act: whitespace
 * would split it, a leading `#` or a bare `||`, `&&`, `;` would end the
 * command (ipxe src/core/exec.c), and a dollar-brace would expand
 * (src/core/settings.c).
 */
export function isInertToken(value: string): boolean {
  const endsCommand = value.startsWith("#") || ["||", "&&", ";"].includes(value);
  return /^[\x21-\x7e]+$/.test(value) && !value.includes("$" + "{") && !endsCommand;
}
