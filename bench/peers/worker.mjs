/**
 * Runs one measurement in a process of its own (`worker.mjs ./dbos.mjs`), so that no peer runs on another's heap or survives
 * its own crash: takes one task as a message, answers with figures or an error, and ends when its parent goes away.
 */
process.once("disconnect", () => process.exit(0));
process.once("message", async (task) => {
  process.send(await answer(process.argv[2], task));
});

async function answer(module, task) {
  try {
    const { measure } = await import(module);
    return { figures: await measure(task) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
