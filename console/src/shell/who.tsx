/**
 * Who is signed in, as what, and the way out.
 */
import { Button, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Role } from '../api/access.js';
import { usePerson, useSession } from '../api/session.js';
import { Icon } from '../parts/icon.js';

/** Open at first: it was asked for. */
export default function WhoMenu() {
  const { t } = useTranslation();
  const { signOut } = useSession();
  const person = usePerson();
  return (
    <Menu position="bottom-end" withinPortal={false} defaultOpened>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="sm">
          {person.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{person.roles.map((role) => t(`roles.${role as Role}`)).join(' · ')}</Menu.Label>
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={() => void signOut()}>
          {t('shell.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
