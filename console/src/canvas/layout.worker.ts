/**
 * The layout beside the page: a large journey takes dagre longer than a person should wait for what they have typed.
 */
import { place, type LayoutInput } from './graph/layout.js';

addEventListener('message', ({ data }: MessageEvent<{ key: string; input: LayoutInput }>) => {
  postMessage({ key: data.key, layout: place(data.input) });
});
