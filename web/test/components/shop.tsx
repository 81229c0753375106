// What surrounds a component in a test.

import { MantineProvider } from "@mantine/core";
import { render, type RenderResult } from "@testing-library/react";
import { createTuitionClient } from "@tuition/client";
import { TuitionProvider } from "@tuition/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";

import { ConfigContext } from "../../src/configContext.tsx";
import { en } from "../../src/i18n/en.ts";
import { I18nProvider } from "../../src/i18n/I18nProvider.tsx";

const CONFIG = {
  api_url: "http://api.example",
  issuer: "http://issuer.example",
  client_id: "shop",
  brand: { name: "School", color: "#3d4eac" },
};

/** Renders it in English, with an API that answers every path as `answers` says, and everything else with 404. */
export function renderInShop(children: ReactNode, answers: Record<string, unknown> = {}): RenderResult {
  const fetch = (input: RequestInfo | URL) => {
    const path = new URL((input as Request).url).pathname;
    const status = path in answers ? 200 : 404;
    return Promise.resolve(Response.json(answers[path] ?? { code: "not_found", detail: path }, { status }));
  };
  const client = createTuitionClient({ baseUrl: CONFIG.api_url, fetch });
  return render(
    <ConfigContext value={CONFIG}>
      <MantineProvider env="test" withCssVariables={false} withGlobalClasses={false}>
        <I18nProvider initial={{ language: "en", text: en }}>
          <MemoryRouter>
            <TuitionProvider client={client}>{children}</TuitionProvider>
          </MemoryRouter>
        </I18nProvider>
      </MantineProvider>
    </ConfigContext>,
  );
}
