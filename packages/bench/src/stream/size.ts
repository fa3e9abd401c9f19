const [FEWEST_CLIENTS, FEWEST_EVENTS] = [3, 200];
/** Below this part of the work a cell is only to show that it runs: it warms nothing up, and leaves NATS out. */
const SMOKE = 0.05;

export function isSmoke(scale: number): boolean {
  return scale < SMOKE;
}

/** A part of the clients and events, as `scale` says. */
export function sized([clients, events]: readonly [number, number], scale: number): readonly [number, number] {
  const part = (count: number, fewest: number): number => Math.max(Math.min(count, fewest), Math.round(count * scale));
  return [part(clients, FEWEST_CLIENTS), part(events, FEWEST_EVENTS)];
}
