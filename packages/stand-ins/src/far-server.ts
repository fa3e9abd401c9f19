import { createServer, connect as connectTcp, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import ssh2, { type Connection, type KeyboardAuthContext, type ServerChannel } from "ssh2";
import { type Answer, type Extension, FarFiles, REQUEST_NAMES, statusAnswer } from "./far-files.ts";
import { HOST_KEY, USER_KEY } from "./ssh-keys.ts";
import { PacketReader, PacketWriter } from "./packets.ts";

const EXTENSIONS: readonly (readonly [Extension, string])[] = [
  ["posix-rename@openssh.com", "1"],
  ["fsync@openssh.com", "1"],
  ["hardlink@openssh.com", "1"],
  ["statvfs@openssh.com", "2"],
];

/** What is done with a request instead of handling and answering it. */
export type Fault =
  | "cut" // the connection ends before it is handled
  | "lose" // it is handled, its answer is lost, and the connection ends
  | "silence" // it is handled and never answered
  | { readonly status: number; readonly message?: string };

/** Made at run time: no secret stands in the sources. */
export const PASSWORD: string = ["open", String(process.pid), "sesame"].join("-");

/** What ssh2 keeps to itself: a connection can only be cut below it. */
interface Underneath {
  readonly _sock: Socket;
}

/** An SFTP server over ssh2's own SSH server, on loopback, whose abilities and faults a test sets. */
export class FarServer {
  readonly files: FarFiles;
  readonly lacks: Set<Extension> = new Set();
  /** Looked at for each request, by its name. */
  fault: (request: string) => Fault | undefined = () => undefined;
  /** Whether it asks for the password instead of taking it as one (keyboard-interactive). */
  asksQuestions = false;
  /** Called before each request is handled. */
  onRequest: () => void = () => undefined;
  /** What a command prints; `undefined` where none is run. */
  command: (command: string) => string | undefined = () => undefined;
  /** Whether a command ends only when its input has ended, as one does that is forced on whoever is let in. */
  commandReadsInput = false;
  /** Called for each try to log in. */
  onLogin: () => void = () => undefined;
  /** All requests, by name. */
  readonly requests: string[] = [];
  readonly #connections = new Set<Connection>();
  readonly #server: ssh2.Server;
  port = 0;

  constructor(root: string) {
    this.files = new FarFiles(root);
    this.#server = new ssh2.Server({ hostKeys: [HOST_KEY.private] }, (connection) => this.#accept(connection));
  }

  /** At any free port, or again at the one where it was. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections at once. */
  cut(): void {
    for (const connection of this.#connections) (connection as unknown as Underneath)._sock.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.files.end();
  }

  #accept(connection: Connection): void {
    this.#connections.add(connection);
    (connection as unknown as Underneath)._sock.setNoDelay(true);
    connection.on("close", () => this.#connections.delete(connection));
    connection.on("error", () => undefined); // a client that goes away is what many tests are about
    connection.on("authentication", (context) => {
      this.onLogin();
      const key = ssh2.utils.parseKey(USER_KEY.public);
      if (context.method === "keyboard-interactive" && this.asksQuestions) return askPassword(context);
      const isPassword = context.method === "password" && context.password === PASSWORD && !this.asksQuestions;
      const isKey =
        context.method === "publickey" && !(key instanceof Error) && context.key.data.equals(key.getPublicSSH());
      if (isPassword || isKey) context.accept();
      else context.reject(this.asksQuestions ? ["keyboard-interactive"] : ["password", "publickey"]);
    });
    connection.on("session", (accept) => {
      const session = accept();
      session.on("subsystem", (acceptSubsystem, reject, { name }) => {
        if (name === "sftp") this.#serve(acceptSubsystem());
        else reject();
      });
      session.on("exec", (acceptCommand, reject, { command }) => {
        const printed = this.command(command);
        if (printed === undefined) return reject();
        const channel = acceptCommand();
        const end = (): void => {
          channel.write(printed);
          channel.exit(printed === "" ? 1 : 0);
          channel.end();
        };
        if (this.commandReadsInput) channel.on("end", end).resume();
        else end();
      });
    });
  }

  #serve(channel: ServerChannel): void {
    let held = Buffer.alloc(0);
    channel.on("data", (data: Buffer) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
        const length = held.readUInt32BE(0);
        const packet = new PacketReader(held.subarray(4, 4 + length));
        held = held.subarray(4 + length);
        this.#handle(channel, packet);
      }
    });
  }

  #handle(channel: ServerChannel, packet: PacketReader): void {
    const type = packet.uint8();
    if (type === 1) {
      const version = new PacketWriter().uint32(3);
      for (const [name, number] of EXTENSIONS) if (!this.lacks.has(name)) version.text(name).text(number);
      send(channel, 2, version.end());
      return;
    }
    const id = packet.uint32();
    const name = type === 200 ? packet.text() : (REQUEST_NAMES[type] ?? "");
    this.requests.push(name);
    this.onRequest();
    const fault = this.fault(name);
    if (fault === "cut") return this.cut();
    const answer = this.#answer(fault, name, packet);
    if (fault === "lose") return this.cut();
    if (fault === "silence") return;
    send(channel, answer.type, Buffer.concat([new PacketWriter().uint32(id).end(), answer.body]));
  }

  #answer(fault: Fault | undefined, name: string, packet: PacketReader): Answer {
    if (typeof fault === "object") return statusAnswer(fault.status, fault.message);
    if (this.lacks.has(name as Extension)) return statusAnswer(8);
    return this.files.answer(name, packet);
  }
}

/** Two questions, of which only the one that is not echoed is for the password. */
function askPassword(context: KeyboardAuthContext): void {
  const prompts = [
    { prompt: "Which floor? ", echo: true },
    { prompt: "Password: ", echo: false },
  ];
  context.prompt(prompts, "", "", (answers) => {
    if (answers[0] === "" && answers[1] === PASSWORD) context.accept();
    else context.reject();
  });
}

/** A proxy that changes one bit of what goes to the server, once so many bytes have gone. */
export async function flippingProxy(port: number, afterBytes: number): Promise<{ port: number; server: TcpServer }> {
  const server = createServer((near) => {
    const far = connectTcp(port, "127.0.0.1");
    let seen = 0;
    near.on("data", (data) => {
      const at = afterBytes - seen;
      seen += data.length;
      if (at >= 0 && at < data.length) data[at] = (data[at] ?? 0) ^ 1;
      far.write(data);
    });
    far.on("data", (data) => near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

function send(channel: ServerChannel, type: number, body: Buffer): void {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length + 1);
  head[4] = type;
  channel.write(Buffer.concat([head, body]));
}
