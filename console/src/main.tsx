/**
 * The console's start: styles, texts, session, pages.
 */
import './styles/components.js';
import 'virtual:theme.css';
import './styles/fonts.css';
import './styles/page.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { queries } from './api/queries.js';
import { SessionProvider } from './api/session.js';
import { ROUTER } from './routes.js';
import { theme } from './styles/theme.js';
import { startTexts } from './texts/start.js';

await startTexts();
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <RouterProvider router={ROUTER} />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
