/**
 * A real mail server on loopback that does at each stage what a test asks for, and keeps what it took, as messages and as a book for the audit.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type Stage = 'connect' | 'auth' | 'mail' | 'rcpt' | 'content';
/** A reply code, a cut connection, or silence; null lets it pass. `taken-cut`: the message is taken, the reply is not given. */
export type Does = number | 'cut' | 'taken-cut' | 'hang' | null;

export interface Took {
  to: string;
  raw: string;
  mail: ParsedMail;
}

const failing = (code: number) => Object.assign(new Error('as the test asks'), { responseCode: code });

export class MailServer {
  readonly took: Took[] = [];
  connections = 0;
  private readonly server: SMTPServer;
  private readonly sockets = new Set<Socket>();

  private constructor(
    /** `to`: the recipient, where it is known. */
    private readonly does: (stage: Stage, to: string) => Does,
    options: SMTPServerOptions,
  ) {
    const obey = (what: Does, session: { remotePort: number }, done: (error?: Error | null) => void): void => {
      if (what === 'hang') return;
      if (what === 'cut' || what === 'taken-cut') return this.cut(session);
      done(what === null ? null : failing(what));
    };
    const answer = (
      stage: Stage,
      to: string,
      session: { remotePort: number },
      done: (error?: Error | null) => void,
    ): void => obey(this.does(stage, to), session, done);
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      logger: false,
      ...options,
      onConnect: (session, done) => {
        this.connections += 1;
        answer('connect', '', session, done);
      },
      onAuth: (auth, session, done) =>
        answer('auth', '', session, (error) => (error ? done(error) : done(null, { user: auth.username }))),
      onMailFrom: (_address, session, done) => answer('mail', '', session, done),
      onRcptTo: ({ address }, session, done) => answer('rcpt', address, session, done),
      onData: (stream, session, done) => {
        const to = session.envelope.rcptTo[0]?.address ?? '';
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const what = this.does('content', to);
          const raw = Buffer.concat(chunks);
          const keep = what === null || what === 'taken-cut' ? this.keep(to, raw) : Promise.resolve();
          void keep.then(() => obey(what, session, done));
        });
      },
    });
    this.server.on('error', () => undefined); // connections that it cut
    this.listener.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(
    does: (stage: Stage, to: string) => Does = () => null,
    options: SMTPServerOptions = {},
  ): Promise<MailServer> {
    const own = new MailServer(does, options);
    await new Promise<void>((resolve) => own.server.listen(0, '127.0.0.1', resolve));
    return own;
  }

  private get listener(): Server {
    return (this.server as unknown as { server: Server }).server;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** As when the line breaks: of one session, or of all. */
  cut(session?: { remotePort: number }): void {
    for (const socket of this.sockets) if (!session || socket.remotePort === session.remotePort) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async keep(to: string, raw: Buffer): Promise<void> {
    this.took.push({ to, raw: raw.toString('utf8'), mail: await simpleParser(raw) });
  }

  /** A book of what was taken. `ids`: the message behind each Message-ID. */
  writeBook(file: string, ids: ReadonlyMap<string, { id: string; customer: string; run: string; node: string }>): void {
    writeFileSync(file, '');
    for (const { mail } of this.took) {
      const known = ids.get(mail.messageId ?? '');
      const { id, ...meta } = known ?? { id: mail.messageId ?? '' };
      const line = { type: 'message', id, reference: mail.messageId, channel: 'email', bodySha256: sumOf(mail), meta };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    }
  }
}

/** Of the text as it was decided: what follows the unsubscribe line is the channel's. */
function sumOf({ text = '' }: ParsedMail): string {
  const [body = ''] = text.split(/\n\n수신거부\(unsubscribe\): /, 1);
  return createHash('sha256').update(body.trimEnd()).digest('hex');
}
