// Makes a fresh clone ready and then runs a script: the packages, the project's own Node, the control plane.
// It runs on the Node that a machine happens to have (20 or newer) and uses nothing but that Node's own modules.
//
//   node scripts/setup.mjs [--no-cluster] [--then SCRIPT [ARGUMENT...]]
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Oldest Node that runs the project: it strips types, and undici asks for it. */
const needed = [22, 19];

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const live = process.stderr.isTTY && process.env.CI === undefined;

/** Ends with a message for a person instead of a stack trace. */
class SetupError extends Error {}

function parseArguments(args) {
  const then = args.indexOf("--then");
  const own = then < 0 ? args : args.slice(0, then);
  const [script, ...rest] = then < 0 ? [] : args.slice(then + 1);
  const unknown = own.find((arg) => arg !== "--no-cluster");
  if (unknown !== undefined) throw new SetupError(`setup: unknown argument ${unknown}`);
  if (then >= 0 && script === undefined) throw new SetupError("setup: --then needs a script");
  return { cluster: !own.includes("--no-cluster"), script, rest };
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes what it has installed into
 * node_modules/.package-lock.json, as the last thing it does. Optional packages may be absent (other platforms').
 */
function isInstalled() {
  const readPackages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  try {
    const wanted = readPackages(join(root, "package-lock.json"));
    const there = readPackages(join(modules, ".package-lock.json"));
    return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      if (path === "") return true;
      const found = there[path];
      if (found === undefined) return optional === true;
      return found.version === version && found.integrity === integrity;
    });
  } catch {
    return false;
  }
}

async function install() {
  if (isInstalled()) return;
  const start = performance.now();
  const seconds = () => `${Math.round((performance.now() - start) / 1000)} s`;
  const show = () => live && process.stderr.write(`\r\u001b[2KInstalling npm packages … ${seconds()}`);
  show();
  const ticker = setInterval(show, 1000);
  const { code, said } = await installPackages();
  clearInterval(ticker);
  if (live) process.stderr.write("\r\u001b[2K");
  if (code !== 0)
    throw new SetupError(`${explainNpm(said)}\n\n${said.trim().split("\n").slice(-15).join("\n")}`);
  process.stderr.write(`Installing npm packages … ${seconds()}\n`);
}

/**
 * `npm ci`, the strict one. It refuses a lockfile without the optional packages of other platforms, which npm itself
 * leaves out when a registry does not have them all; `npm install` takes the locked versions all the same.
 */
async function installPackages() {
  const strict = await npm(["ci"]);
  const missing = [...strict.said.matchAll(/Missing: (\S+)@\S* from lock file/g)].map((match) => match[1]);
  const optional = optionalPackages();
  if (strict.code === 0 || missing.length === 0 || !missing.every((name) => optional.has(name)))
    return strict;
  return npm(["install", "--no-save"]);
}

/** Names of all packages that some package in the lockfile asks for as optional. */
function optionalPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return new Set(Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})));
}

/** Runs the npm that started us, else the one in PATH; below errors it has nothing to say here (EBADENGINE…). */
function npm(command) {
  const args = [...command, "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const cli = process.env.npm_execpath;
  const [file, first] = cli?.endsWith("npm-cli.js") ? [process.execPath, [cli]] : ["npm", []];
  const child = spawn(file, [...first, ...args], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 1, said: `npm: ${error.message}` }));
    child.once("close", (code) => resolve({ code, said }));
  });
}

function explainNpm(said) {
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|network/i.test(said))
    return "npm could not fetch the packages: check the network, and npm's `registry` and `proxy` settings.";
  if (/in sync|EUSAGE/.test(said))
    return "package.json and package-lock.json do not agree: run `npm install` once and commit the result.";
  if (/EACCES|EPERM/.test(said))
    return "npm may not write here: make sure that node_modules and npm's cache folder belong to you.";
  if (/ENOSPC/.test(said)) return "The disk is full.";
  if (/spawn npm ENOENT|npm: .*ENOENT/.test(said))
    return "npm is not in PATH; it comes with Node: https://nodejs.org";
  return "`npm ci` failed:";
}

/** The version of a Node binary as numbers; undefined if it does not run on this machine. */
function versionOf(node) {
  try {
    const text = execFileSync(node, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text.trim().slice(1).split(".").map(Number);
  } catch {
    return undefined;
  }
}

function isNewEnough(version) {
  if (version === undefined) return false;
  return version[0] > needed[0] || (version[0] === needed[0] && version[1] >= needed[1]);
}

/** The Node to run everything with: the one that npm installed for this project, else our own if it will do. */
function projectNode() {
  const own = join(modules, ".bin", "node");
  if (existsSync(own) && isNewEnough(versionOf(own))) return own;
  if (isNewEnough(process.versions.node.split(".").map(Number))) return process.execPath;
  throw new SetupError(
    `ModelRollout needs Node ${needed.join(".")} or newer; this is ${process.version}, and npm has no Node of its own ` +
      `for ${process.platform}-${process.arch} among the project's optional packages.\n` +
      "  - If npm is configured to leave out optional packages (`npm config get omit`), change that and run\n" +
      "    `rm -rf node_modules`, then the same command again; or\n" +
      "  - install a newer Node: https://nodejs.org",
  );
}

/**
 * Runs a script with our terminal and passes on the signals that stop us, so that it can clean up.
 * Ctrl-C at a terminal reaches it without us: the terminal sends it to the whole foreground group.
 */
function run(node, script, args) {
  const path = [join(modules, ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(node, [join(root, script), ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  const forward = (signal) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

async function main() {
  const { cluster, script, rest } = parseArguments(process.argv.slice(2));
  if (script !== undefined && !existsSync(join(root, script)))
    throw new SetupError(`setup: there is no ${script}`);
  await install();
  const node = projectNode();
  const build = "test/control-plane/build.ts";
  // With a cluster of the user's own nothing needs to be built.
  if (cluster && !process.env.MODELROLLOUT_TEST_KUBECONFIG) {
    const code = await run(node, build, []);
    if (code !== 0) return code;
  }
  return script === undefined ? 0 : run(node, script, rest);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
