/**
 * What an e-mail shows of a message: its subject, and HTML of the same words. Nothing of a value is ever read as markup, and nothing is loaded.
 */

const SUBJECT_MAX = 60;
export const UNSUBSCRIBE_WORDS = '수신거부(unsubscribe)';

/** A text without a title is led by its mark, if it has one, in its first line. */
export function subjectOf({ title, body }: { title: string | null; body: string }): string {
  if (title !== null) return title;
  const [line = ''] = body.trimStart().split(/\p{Cc}/u, 1);
  return Array.from(line).slice(0, SUBJECT_MAX).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** `link`: where one refuses; null: nowhere. */
export function mailHtml(body: string, link: string | null): string {
  const paragraphs = escaped(body).replaceAll(/\r?\n|\r/g, '<br>\n');
  const refuse = link ? `\n<p><a href="${escaped(link)}">${UNSUBSCRIBE_WORDS}</a></p>` : '';
  return `<!doctype html>\n<html><head><meta charset="utf-8"></head><body>\n<p>${paragraphs}</p>${refuse}\n</body></html>\n`;
}
