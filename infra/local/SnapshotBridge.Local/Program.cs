using SnapshotBridge.Local.Console;
using SnapshotBridge.Local.Running;
using SnapshotBridge.Local.Scenarios;
using Spectre.Console;

namespace SnapshotBridge.Local;

/// <summary>The local run's entry point: status 0 when the run (or the scenario) ended as it should, else 1.</summary>
public static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        System.Console.CancelKeyPress += (_, press) =>
        {
            // The servers are stopped in order instead of being orphaned.
            press.Cancel = true;
            stop.Cancel();
        };
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM,
            signal =>
            {
                signal.Cancel = true;
                stop.Cancel();
            });

        return await CommandLine.InvokeAsync(Checkout.Find(AppContext.BaseDirectory), arguments, invocation => RunAsync(invocation, stop.Token));
    }

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (invocation.ListScenarios)
        {
            foreach (var scenario in ScenarioCatalogue.All)
            {
                System.Console.WriteLine($"{scenario.Name,-32} {scenario.Summary}");
            }

            return 0;
        }

        var view = new RunView(AnsiConsole.Console);
        if (invocation.Serve)
        {
            return await Serving.ServeCommand.RunAsync(invocation.Options, cancellationToken);
        }

        if (invocation.Preflight)
        {
            return await Serving.PreflightCommand.RunAsync(invocation.Options, invocation.AsJson, cancellationToken);
        }

        RunOutcome? outcome = null;
        try
        {
            await view.ShowAsync(async () => outcome = await LocalRun.ExecuteAsync(invocation.Options, view, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            System.Console.WriteLine("RUN FAILED error=Interrupted state=none cause=The run was stopped; its servers are down and its temporary files are gone.");
            return 130;
        }
        catch (LocalRunException problem)
        {
            System.Console.WriteLine($"RUN FAILED error={problem.Error} state={problem.State} cause={problem.Message}");
            return 1;
        }

        System.Console.WriteLine(outcome!.LastLine);
        return outcome.Succeeded ? 0 : 1;
    }
}
