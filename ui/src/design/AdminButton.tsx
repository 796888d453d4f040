import { Button, Tooltip, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { useMe } from "@/api/me";

interface AdminButtonProps extends ButtonProps {
  onClick?: () => void;
  type?: "button" | "submit";
  children: ReactNode;
}

/** A button for those who may change settings; for others it says why it cannot be pressed. */
export function AdminButton({ children, disabled, onClick, ...rest }: AdminButtonProps) {
  const me = useMe();
  const mayNot = me.data !== undefined && !me.data.rights.includes("admin");
  return (
    <Tooltip label="Your key may not change settings: it needs the right “admin”." disabled={!mayNot}>
      <Button
        {...rest}
        onClick={mayNot ? undefined : onClick}
        disabled={disabled || me.data === undefined}
        data-disabled={mayNot || undefined}
        aria-disabled={mayNot || undefined}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
