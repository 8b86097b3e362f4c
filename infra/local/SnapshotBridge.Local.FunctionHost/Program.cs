using SnapshotBridge.Local.FunctionHost;

// One Lambda sandbox: loads one class-library function and serves its invocations from the Runtime API, as the managed
// .NET runtime does. All settings come from the environment variables that Lambda sets.
return await FunctionRuntime.RunAsync();
