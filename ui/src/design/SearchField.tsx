import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

interface SearchProps {
  /** The text in force, usually of the address. */
  value: string;
  /** Called a moment after the last key, with the text trimmed. */
  onChange: (text: string) => void;
  label: string;
  placeholder?: string;
  className?: string;
}

const AFTER_MS = 400;

/** A text to search for. What is typed stays as it is while it is applied; changes from elsewhere show when nobody types. */
export function SearchField({ value, onChange, label, placeholder = label, className }: SearchProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const [hasFocus, setFocus] = useState(false);
  const later = useDebouncedCallback(onChange, AFTER_MS);
  if (value !== known) {
    setKnown(value);
    if (!hasFocus) setText(value);
  }
  return (
    <TextInput
      className={className}
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} />}
      value={text}
      onFocus={() => setFocus(true)}
      onBlur={() => setFocus(false)}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
    />
  );
}
