/** What `mfm.toml` names: the ops of the audit, and everything that they are made of. */
export { localTree } from "./backend.ts";
export { tree } from "./capability.ts";
export { auditPage } from "./ops/audit-page.ts";
export { auditPages } from "./ops/audit-pages.ts";
export { auditTree } from "./ops/audit-tree.ts";
export { foldPage } from "./states/fold-page.ts";
export { foldTree } from "./states/fold-tree.ts";
export { hashFiles } from "./states/hash-files.ts";
export { listPage } from "./states/list-page.ts";
export { listPages } from "./states/list-pages.ts";
