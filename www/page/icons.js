// The icons of buttons, each the path data of one stroke in a square of 16 by 16 units.

export const EYE =
  "M1.5 8s2.4-4.5 6.5-4.5S14.5 8 14.5 8 12.1 12.5 8 12.5 1.5 8 1.5 8ZM10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z";
export const LINK =
  "M6.5 9.5a2.6 2.6 0 0 0 3.8 0l2.2-2.3a2.7 2.7 0 0 0-3.8-3.8l-.9.9M9.5 6.5a2.6 2.6 0 0 0-3.8 0L3.5 8.8a2.7 2.7 0 0 0 3.8 3.8l.9-.9";
export const CLOSE = "m4 4 8 8m0-8-8 8";
export const PLAY = "m5.5 3.5 7 4.5-7 4.5z";
export const PLUG = "M6 2v3m4-3v3M4 5h8v2.5a4 4 0 0 1-8 0zm4 6.5V14";
export const GLOBE =
  "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM2 8h12M8 2c2 1.8 2.5 4 2.5 6s-.5 4.2-2.5 6C6 12.200 5.5 10 5.5 8S6 3.800 8 2Z";
export const PAUSE = "M5.5 3.500v9m5-9v9";
