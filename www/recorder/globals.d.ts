// What the recorder and its script share in the isolated world.

/** Set by the recorder before the script runs. */
declare var tidewatchOptions: { maskInputs: boolean };
/** The binding that leads to the recorder: lines of events, as `DocumentRecorder` writes them. */
declare var tidewatchRecord: (message: string) => void;
/** Set by the script. The recorder calls it when events were lost. */
declare var tidewatchSnapshot: () => void;
