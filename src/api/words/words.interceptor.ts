/**
 * Faults that are an answer, not a problem (such as those of a draft), in the language of whoever asks.
 */
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { map, type Observable } from 'rxjs';
import { inWords, LANGUAGES, type Language } from './words.js';

/** English where nothing else is asked for. */
export function languageOf(request: Request): Language {
  return (request.acceptsLanguages([...LANGUAGES]) || 'en') as Language;
}

/** So that no cache gives one language to whoever asks for the other. */
export function saidIn(response: Response, language: Language): void {
  response.vary('Accept-Language');
  response.setHeader('Content-Language', language);
}

@Injectable()
export class WordsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const language = languageOf(http.getRequest<Request>());
    if (language === 'en') return next.handle();
    return next.handle().pipe(
      map((answer: unknown) => {
        const told = inWords(answer, language);
        if (told !== answer) saidIn(http.getResponse<Response>(), language);
        return told;
      }),
    );
  }
}
