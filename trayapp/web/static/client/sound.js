// Sound: two short tones of our own. Browsers let a page sound once somebody has used it since it
// was loaded: until then this is silent, and asks nobody. Only the page that holds the stream
// sounds, so that a browser does once.
const TONES = [[660, 0], [880, 0.12]];
const VOLUME = 0.15;
// Milliseconds.
const HEARD = 1500;

function playSound() {
  if (!holdsStream() || !window.AudioContext || navigator.userActivation?.hasBeenActive === false) return;
  try {
    const audio = new AudioContext();
    audio.resume().then(() => TONES.forEach((tone) => playTone(audio, ...tone)), () => {});
    setTimeout(() => audio.close(), HEARD);
  } catch {
    // There are as many as the browser allows.
  }
}

function playTone(audio, pitch, after) {
  const begin = audio.currentTime + after;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(VOLUME, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
  tone.connect(volume).connect(audio.destination);
  tone.start(begin);
  tone.stop(begin + 0.3);
}
