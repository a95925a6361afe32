/**
 * How a message looks where it is read, made of what the API rendered. Nothing of it is ever read as markup here; an e-mail's own HTML stands in a frame
 * in which nothing runs and nothing is loaded.
 */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TemplateJudgement } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import type { Content } from './use-message.js';

interface Rendered {
  channel: Content['channel'];
  title: string | null;
  body: string;
  mail: TemplateJudgement['mail'];
}

export function MockUp(props: Rendered) {
  const { channel } = props;
  if (channel === 'email') return <Mail {...props} />;
  if (channel === 'call' || channel === 'visit' || channel === 'post') return <Sheet {...props} />;
  return (
    <div className="phone" data-mock-up={channel}>
      <div className="phone-screen">
        {channel === 'push' && <Push {...props} />}
        {channel === 'alimtalk' && <Talk {...props} />}
        {(channel === 'sms' || channel === 'lms') && <Short {...props} />}
        {(channel === 'banner' || channel === 'popup') && <InApp {...props} />}
      </div>
    </div>
  );
}

function Push({ title, body }: Rendered) {
  const { t } = useTranslation();
  return (
    <>
      <div className="phone-clock" aria-hidden="true">
        9:41
      </div>
      <div className="bubble push">
        <span className="bubble-from">
          <Icon name="megaphone" size={14} /> {t('messages.mock.app')}
        </span>
        {title !== null && <strong data-part="title">{title}</strong>}
        <p data-part="body">{body}</p>
      </div>
    </>
  );
}

function Short({ channel, title, body }: Rendered) {
  const { t } = useTranslation();
  return (
    <>
      <div className="phone-head">{t('messages.mock.sender')}</div>
      <div className="bubble text">
        {channel === 'lms' && title !== null && <strong data-part="title">{title}</strong>}
        <p data-part="body">{body}</p>
      </div>
    </>
  );
}

function Talk({ title, body }: Rendered) {
  const { t } = useTranslation();
  return (
    <div className="talk">
      <div className="phone-head">{t('messages.mock.bank')}</div>
      <div className="bubble card">
        <span className="card-head">{t('messages.mock.alimtalk')}</span>
        {title !== null && <strong data-part="title">{title}</strong>}
        <p data-part="body">{body}</p>
      </div>
    </div>
  );
}

function InApp({ channel, title, body }: Rendered) {
  return (
    <div className={`in-app ${channel}`}>
      <div className="bubble card">
        {title !== null && <strong data-part="title">{title}</strong>}
        <p data-part="body">{body}</p>
      </div>
    </div>
  );
}

function Sheet({ title, body }: Rendered) {
  return (
    <div className="sheet" data-mock-up="staff">
      {title !== null && <strong data-part="title">{title}</strong>}
      <p data-part="body">{body}</p>
    </div>
  );
}

function Mail({ mail }: Rendered) {
  const { t } = useTranslation();
  if (!mail) return null;
  return (
    <div className="mail" data-mock-up="email">
      <Text size="xs" c="dimmed">
        {t('messages.mock.subject')}
      </Text>
      <strong data-part="title">{mail.subject}</strong>
      {/* nothing is allowed within: no scripts, no forms, no origin of its own */}
      <iframe title={t('messages.mock.mail')} sandbox="" srcDoc={mail.html} referrerPolicy="no-referrer" />
    </div>
  );
}
