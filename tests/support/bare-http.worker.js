/**
 * A plain loop of signed POSTs with so many under way at once, on a thread of its own: what Node's HTTP client does when nothing is decided,
 * kept or recorded. Tells the time from the first call to the last answer, in ms.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Webhook } from 'standardwebhooks';
import { Pool } from 'undici';

const { url, secret, path, calls, atOnce } = workerData;
const pool = new Pool(url, { connections: atOnce });
const signer = new Webhook(secret);
const rest = calls.values();

async function caller() {
  for (const { id, body, headers } of rest) {
    const at = new Date();
    const response = await pool.request({
      method: 'POST',
      path,
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signer.sign(id, at, body),
        ...headers,
      },
    });
    const answer = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`answered ${response.statusCode}: ${answer}`);
    JSON.parse(answer);
  }
}

const begin = performance.now();
await Promise.all(Array.from({ length: atOnce }, caller));
parentPort.postMessage(performance.now() - begin, []);
await pool.close();
