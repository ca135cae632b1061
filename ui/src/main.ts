import { withFirstScreen } from './bridge/first-screen';
import { tauriBridge } from './bridge/tauri';
import { start } from './start';

start(withFirstScreen(tauriBridge()));
