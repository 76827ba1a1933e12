import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Screen, screensOf, textOf } from "./demo-picture/frames.ts";
import { svgOf } from "./demo-picture/svg.ts";

/**
 * Makes docs/images/demo.svg: runs the demo in a pseudo terminal (python3's, for Node has none) and draws two of the
 * screens that it really showed. `npm run setup` first; takes as long as the demo.
 *
 *   node scripts/demo-picture.ts
 */
const size = { columns: 92, rows: 28 };

const root = fileURLToPath(new URL("..", import.meta.url));
const picture = "docs/images/demo.svg";

const inTerminal = `
import fcntl, os, pty, struct, sys, termios
columns, rows, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    os.execvp(command[0], command)
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** Everything the demo wrote. @throws Error when it did not end well */
async function runDemo(): Promise<string> {
  const { NO_COLOR: _none, ...inherited } = process.env;
  const env = { ...inherited, TERM: "xterm-256color" };
  const words = [String(size.columns), String(size.rows), process.execPath, "demo/main.ts"];
  const child = spawn("python3", ["-c", inTerminal, ...words], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${output.slice(-2_000)}`);
  return output;
}

/** The last screen that shows all of this. */
function find(screens: readonly Screen[], ...signs: readonly RegExp[]): Screen {
  const found = screens.findLast((screen) => signs.every((sign) => sign.test(textOf(screen))));
  if (found === undefined) throw new Error(`no screen shows ${signs.join(" and ")}`);
  return found;
}

const screens = screensOf(await runDemo());
const svg = svgOf(
  [
    {
      caption: "A good version gets the traffic step by step",
      screen: find(screens, /Holding .*● 50 % .*next in 2 s/, /v8 +canary/),
    },
    {
      caption: "A bad one loses it as soon as the alarm fires",
      screen: find(screens, /RollingBack/, /v9 +canary +░+ +0 %/, /sentiment-5xx +ALARM/),
    },
  ],
  size.columns,
);
await mkdir(new URL("../docs/images", import.meta.url), { recursive: true });
await writeFile(new URL(`../${picture}`, import.meta.url), svg);
console.log(`${picture}: ${Math.round(svg.length / 1024)} KB, from ${screens.length} screens`);
