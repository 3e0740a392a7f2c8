/** Every node takes the whole file from one web server: nginx and curl. */
import { linkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { APPLIANCE } from "#test/broadcast/lan.ts";
import { listening, type Run, succeeded } from "./crew.ts";

const NGINX = resolve("out/bench/peers/nginx/usr/sbin/nginx");
const PORT = 8080;

const configOf = (
  dir: string,
): string => `daemon off; worker_processes auto; error_log stderr; pid ${dir}/pid;
user root; events { worker_connections 4096; }
http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${dir};`).join(" ")}
sendfile on; server { listen ${PORT}; root ${dir}; } }
`;

export const curlFromNginx = (): Run => ({
  prepare: async ({ dirOf, image }, crew) => {
    const dir = dirOf("appliance");
    linkSync(image, join(dir, "out"));
    writeFileSync(join(dir, "nginx.conf"), configOf(dir));
    await listening(crew.start("appliance", `exec ${NGINX} -p ${dir} -c ${dir}/nginx.conf`), PORT);
  },
  go: async ({ lan, dirOf }, crew) => {
    const fetch = `exec curl -sf http://${APPLIANCE}:${PORT}/out -o`;
    const all = lan.nodes.map((node) => crew.start(node, `${fetch} ${dirOf(node)}/out`));
    await Promise.all(all.map(succeeded));
  },
});
