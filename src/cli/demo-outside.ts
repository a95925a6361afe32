/**
 * The demo's systems of others: the simulator in this process, with a provider that sometimes pays and loses its reply, and a gateway that
 * sometimes leaves messages out of its answer.
 */
import { startSimulator, type FaultSettings, type Simulator } from '../simulator/index.js';
import type { Outside, StartOutside } from '../demo/outside.js';
import type { OutsideFigures } from '../demo/report.js';

const PROVIDER_TIMEOUT_MS = 1_000;

const PROVIDER_FAULTS: Partial<FaultSettings> = {
  latencyMs: [2, 15],
  cutAfter: 0.01,
  hangAfterActing: 0.005,
  hangMs: 3 * PROVIDER_TIMEOUT_MS,
  tooMany429: 0.002,
  acceptThenCallback: 0.1,
  callbackDelayMs: [200, 1_500],
  callbackDuplicate: 0.02,
};
const GATEWAY_FAULTS: Partial<FaultSettings> = { latencyMs: [20, 120], tooMany429: 0.03, partialBatch: 0.004 };

export const startOutside: StartOutside = async ({ books, seed, suffix }) => {
  const simulator = await startSimulator({
    books,
    seed,
    providers: [{ name: `demo-pay${suffix}`, faults: PROVIDER_FAULTS }],
    gateways: [{ name: `demo-gate${suffix}`, faults: GATEWAY_FAULTS }],
  });
  return outsideOf(simulator);
};

function outsideOf(simulator: Simulator): Outside {
  const { provider, gateway } = simulator;
  return {
    provider,
    gateway,
    env: {
      PADO_PAYOUT_PROVIDERS: JSON.stringify([{ ...provider.config(), timeoutMs: PROVIDER_TIMEOUT_MS }]),
      PADO_GATEWAYS: JSON.stringify([gateway.config()]),
    },
    connect({ apiUrl, clock }) {
      simulator.setClock(clock);
      simulator.setCallbackUrl(apiUrl);
    },
    onMessage: (listener) => void gateway.onAccepted(listener),
    seen: () => figures(simulator),
    close: () => simulator.close(),
  };
}

function figures({ provider, gateway }: Simulator): OutsideFigures {
  const { payments, repeats, faults } = provider.stats();
  return {
    payments,
    repliesLost: (faults.cutAfter ?? 0) + (faults.hangAfterActing ?? 0),
    repeats,
    pushedBack: faults.tooMany429 ?? 0,
    answersMissing: gateway.stats().faults.partialBatch ?? 0,
  };
}
