function isBlocked() { return false; }
function onViolation() {}
function diagnoseRefusal() {}
function diagnoseSilence() {}
