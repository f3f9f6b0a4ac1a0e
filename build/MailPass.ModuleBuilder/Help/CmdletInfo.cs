namespace MailPass.ModuleBuilder.Help;

/// <summary>A cmdlet as its assembly declares it.</summary>
/// <param name="Name">Verb and noun.</param>
/// <param name="SupportsShouldProcess">Whether it has <c>-WhatIf</c> and <c>-Confirm</c>.</param>
/// <param name="DefaultSet">The parameter set that PowerShell takes if the arguments fit several.</param>
/// <param name="Parameters">Its own parameters, those of its bases included, in the order in which they are declared.</param>
/// <param name="OutputTypes">The declared types of its output.</param>
internal sealed record CmdletInfo(
    string Name,
    bool SupportsShouldProcess,
    string? DefaultSet,
    IReadOnlyList<CmdletParameter> Parameters,
    IReadOnlyList<string> OutputTypes)
{
    /// <summary>The names of its parameter sets; one without a name if it has only that.</summary>
    public IReadOnlyList<string?> Sets
    {
        get
        {
            var named = Parameters.SelectMany(parameter => parameter.Sets).Select(set => set.Name).OfType<string>().Distinct().ToList();
            return named.Count == 0 ? [null] : [.. named.OrderByDescending(name => name == DefaultSet)];
        }
    }
}

/// <summary>A parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">Its type, short, as PowerShell shows it.</param>
/// <param name="IsSwitch">Whether it takes no value.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="Sets">How it behaves in each parameter set that it belongs to.</param>
/// <param name="TakesWildcards">Whether its values may be patterns.</param>
internal sealed record CmdletParameter(string Name, string TypeName, bool IsSwitch, IReadOnlyList<string> Aliases, IReadOnlyList<ParameterInSet> Sets, bool TakesWildcards = false);

/// <summary>A parameter's part in one parameter set.</summary>
/// <param name="Name">The set; <see langword="null"/> for all.</param>
/// <param name="IsMandatory">Whether it must be given.</param>
/// <param name="Position">Its position if the name is left out; <see langword="null"/> if it cannot be.</param>
/// <param name="FromPipeline">Whether it takes the pipeline's objects.</param>
/// <param name="FromProperty">Whether it takes a property of the pipeline's objects that has its name.</param>
internal sealed record ParameterInSet(string? Name, bool IsMandatory, int? Position, bool FromPipeline, bool FromProperty);
