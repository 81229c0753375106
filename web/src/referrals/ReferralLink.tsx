import { Button, Group, TextInput } from "@mantine/core";
import { IconCopy, IconShare } from "@tabler/icons-react";
import { useRef, useState, type ReactNode } from "react";

import { useConfig } from "../configContext.tsx";
import { useI18n } from "../i18n/I18nProvider.tsx";
import classes from "./Referrals.module.css";

/** The learner's link, to be copied, or handed on with what the device has for that. */
export function ReferralLink({ link }: { link: string }): ReactNode {
  const { text } = useI18n();
  const { brand } = useConfig();
  const field = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setSaid(text.referrals.copied);
    } catch {
      // Without TLS, or without permission: the learner copies it.
      field.current?.select();
      setSaid(text.referrals.copyYourself);
    }
  };
  const share = () => {
    // Whoever changes their mind has not failed.
    void navigator
      .share({ title: brand.name, text: text.referrals.invitation(brand.name), url: link })
      .catch(() => undefined);
  };
  return (
    <div>
      <TextInput
        ref={field}
        label={text.referrals.link}
        value={link}
        readOnly
        onFocus={({ target }) => target.select()}
      />
      <Group mt="sm" gap="sm">
        <Button leftSection={<IconCopy size={18} aria-hidden />} onClick={() => void copy()}>
          {text.referrals.copy}
        </Button>
        {"share" in navigator && (
          <Button variant="default" leftSection={<IconShare size={18} aria-hidden />} onClick={share}>
            {text.referrals.share}
          </Button>
        )}
      </Group>
      <p role="status" className={classes.status}>
        {said}
      </p>
    </div>
  );
}
