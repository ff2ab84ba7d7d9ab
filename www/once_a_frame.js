/**
 * A function that has `work` done before the next frame, however often it is called until then.
 *
 * @param {() => void} work
 * @returns {() => void}
 */
export function onceAFrame(work) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  };
}
