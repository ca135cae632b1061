import { tauriBridge } from './bridge/tauri';
import { start } from './start';

start(tauriBridge());
