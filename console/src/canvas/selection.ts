/**
 * What is chosen on the canvas or in the outline: a node, an edge, or nothing, which means the campaign itself.
 */
export type Selection = { node: string } | { from: string; port: string } | null;

export const isNode = (selection: Selection, id: string): boolean =>
  selection !== null && 'node' in selection && selection.node === id;

export const isEdge = (selection: Selection, from: string, port: string): boolean =>
  selection !== null && 'from' in selection && selection.from === from && selection.port === port;
