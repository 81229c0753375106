import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A payment and its webhook take longer than a second now and then.
configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);
