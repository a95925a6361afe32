/**
 * A filter that is typed: asked when it is entered, not with every letter.
 */
import { TextInput } from '@mantine/core';

export function TextFilter(props: {
  label: string;
  placeholder?: string;
  value: string;
  set: (value: string) => void;
}) {
  return (
    <TextInput
      label={props.label}
      placeholder={props.placeholder}
      defaultValue={props.value}
      onBlur={(event) => {
        if (event.currentTarget.value !== props.value) props.set(event.currentTarget.value.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
    />
  );
}
