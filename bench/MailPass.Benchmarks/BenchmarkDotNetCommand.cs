using BenchmarkDotNet.Running;

namespace MailPass.Benchmarks;

/// <summary>Every class with <c>[Benchmark]</c> methods, by BenchmarkDotNet; its own options follow (<c>--filter *Ssha512*</c>).</summary>
internal sealed class BenchmarkDotNetCommand : IBenchCommand
{
    public string Name => "details";

    public string Summary => "BenchmarkDotNet: details of single pieces; takes BenchmarkDotNet's own options";

    public Task<int> RunAsync(string[] arguments)
    {
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments);
        return Task.FromResult(0);
    }
}
