import { expect, it } from 'vitest';
import { runsOf } from './qr';

it('neighbouring dark modules are one rectangle', () => {
  expect(runsOf(['1101', '0000', '1111'])).toEqual([
    { x: 0, y: 0, width: 2 },
    { x: 3, y: 0, width: 1 },
    { x: 0, y: 2, width: 4 },
  ]);
});
