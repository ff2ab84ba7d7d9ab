/**
 * Returns a function that schedules `work` for the next frame. Calls before that frame add nothing.
 *
 * @param {() => void} work
 * @returns {() => void}
 */
export function onceAFrame(work) {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      work();
    });
  };
}
