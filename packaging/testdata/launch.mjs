// Prints how a client starts an unpacked extension, worked out by the official library: launch.mjs FOLDER SETTINGS
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.PACKAGING_NODE, "package.json"));
const { getMcpConfigForManifest } = await import(pathToFileURL(require.resolve("@anthropic-ai/mcpb")));
const [folder, settings] = process.argv.slice(2);
const config = await getMcpConfigForManifest({
  manifest: JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
  extensionPath: folder,
  systemDirs: {},
  userConfig: JSON.parse(settings),
  pathSeparator: sep,
});
console.log(JSON.stringify(config ?? null));
